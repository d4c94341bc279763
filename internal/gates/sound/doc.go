// Package sound tells whether a name may be another writing of one that stands
// in a text of another script: Musk for Маск, 马斯克, マスク or 머스크, Chen Molin
// for 陈墨林.
//
// Both are brought to Latin letters and then compared by ear: vowels count
// little, since scripts of syllables add them, and letters that stand for
// neighbouring sounds, as b and p, count for half. Chinese characters have the
// readings of pinyin.txt, made with pypinyin 0.55 (MIT);
// readings of Japanese names in Chinese characters are not known.
package sound
