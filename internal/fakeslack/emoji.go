package fakeslack

import "strings"

// emoji is the character of the short names that people and the worker use most;
// empty for others, which the page then shows by name.
func emoji(name string) string {
	if i := strings.Index(name, "::"); i >= 0 { // skin tones
		name = name[:i]
	}
	switch name {
	case "+1", "thumbsup":
		return "👍"
	case "-1", "thumbsdown":
		return "👎"
	case "eyes":
		return "👀"
	case "white_check_mark":
		return "✅"
	case "heavy_check_mark":
		return "✔️"
	case "warning":
		return "⚠️"
	case "repeat":
		return "🔁"
	case "arrows_counterclockwise":
		return "🔄"
	case "x":
		return "❌"
	case "no_entry", "no_entry_sign":
		return "⛔"
	case "hourglass", "hourglass_flowing_sand":
		return "⏳"
	case "link":
		return "🔗"
	case "memo", "pencil":
		return "📝"
	case "bulb":
		return "💡"
	case "mag":
		return "🔍"
	case "robot_face":
		return "🤖"
	case "rocket":
		return "🚀"
	case "heart":
		return "❤️"
	case "heart_eyes":
		return "😍"
	case "smile", "smiley", "grinning":
		return "😄"
	case "joy":
		return "😂"
	case "thinking_face":
		return "🤔"
	case "tada":
		return "🎉"
	case "fire":
		return "🔥"
	case "wave":
		return "👋"
	case "pray":
		return "🙏"
	case "clap":
		return "👏"
	case "raised_hands":
		return "🙌"
	case "100":
		return "💯"
	case "star":
		return "⭐"
	case "sparkles":
		return "✨"
	case "books":
		return "📚"
	case "newspaper":
		return "📰"
	case "page_facing_up":
		return "📄"
	case "bar_chart":
		return "📊"
	case "chart_with_upwards_trend":
		return "📈"
	case "hammer_and_wrench", "tools":
		return "🛠️"
	case "wrench":
		return "🔧"
	case "package":
		return "📦"
	case "bug":
		return "🐛"
	case "lock":
		return "🔒"
	case "speech_balloon":
		return "💬"
	case "information_source":
		return "ℹ️"
	case "question":
		return "❓"
	case "exclamation":
		return "❗"
	case "mute":
		return "🔇"
	case "see_no_evil":
		return "🙈"
	case "point_right":
		return "👉"
	case "zap":
		return "⚡"
	case "cry", "sob":
		return "😢"
	case "slightly_smiling_face":
		return "🙂"
	}
	return ""
}
