// Package prices knows what calls of models cost by list. In goes what a program knows of a call, its
// provider, the models asked and answering and the tokens used; out comes its cost in US dollars, or that it is not known.
// A model that the table lacks has no cost, never zero and never that of one with a similar name.
//
//	table, err := prices.Load(os.Getenv("PRICES_FILE")) // "": the built-in table alone
//	cost, known := table.Cost(prices.Call{Provider: "openai", Answered: "gpt-4o-2024-08-06", Time: start,
//		Usage: prices.Usage{Input: 1200, Output: 80}})
//
// # The table
//
// The folder table has a file for each vendor, with the page that its prices stand on and the day they are as of. They were taken
// from two public tables that name those pages: LiteLLM 1.110.2 (model_prices_and_context_window.json) and, for what is no
// longer sold, genai-prices as of 2026-08-21. A model is in it when the former names the vendor's own page as its source, or
// both agree. Prices are those of the standard service tier, for text; what is billed apart (searches, pictures, audio, storage of
// a cache, the hour-long cache of Anthropic at twice the price) is not counted.
//
// # A file of one's own
//
// [Load] puts the entries of a YAML file in place of the built-in ones and beside them:
//
//	dated: 2026-11-30                # optional, and so is source; [Cost.Source] says them
//	models:
//	  my-model: {input: 1, output: 2}                        # US dollars per million tokens
//	  gpt-4o:                                                # instead of the built-in price
//	    input: 2                                             # not counting what was cached
//	    cached_input: 0.5                                    # read from the provider's cache; left out: as input
//	    cache_write: 2.5                                     # written to it; left out: as input
//	    output: 8
//	    reasoning: 10                                        # of the output; left out: as output
//	    above: [{tokens: 200000, input: 4, output: 12}]      # for calls with more input than that; left out: as below
//	  gemini-9:                                              # a price that changes: one after the other, each complete
//	    - {input: 1, output: 4}                              # as long as anybody knows
//	    - {from: 2026-12-01, input: 2, output: 8}            # for calls that began on that day (UTC) or later
//	---
//	vendor: azure                    # of this vendor alone; without one, of any provider
//	models:
//	  deployment-7: {input: 2.5, output: 10}
//
// A key that does not exist, a price that is no number from 0 on, and a name that stands there twice are errors, which say the
// line and the field; so are a day that does not exist, and days that do not follow one another. A new vendor has providers:
// [what gen_ai.provider.name says of it].
//
// A price may have a day also where it is the only one: before it, the model has no cost. Which price holds is decided by
// [Call.Time] alone, never by the clock: a trace that is sent again a year later costs what it cost.
//
// # Which entry counts
//
// The model that answered is looked up, then the one that was asked for; of a fine-tuned one (ft:…) its own name alone, since it
// costs other than what it was made of. Names are compared as a whole, without regard to case:
//
//  1. as they stand; 2. without the date of a snapshot (-2024-08-06, -20250219, @20250219, -0613); 3. with dots between digits
//     as hyphens (claude-sonnet-4.5).
//  2. A vendor in front (openai/gpt-4o) is taken off and says whose prices count, and so do models/ of the Gemini API,
//     publishers/google/models/ of Vertex, and the ARN of Bedrock. An unknown word in front leaves the cost unknown. Vendors that sell
//     models of others (Azure, Bedrock, Groq, Vertex) have their own prices for them, whatever stands in front.
//  3. Entries of one's own without a vendor come first, for any provider.
//  4. Then those of the vendor whose server was asked, where its name tells (api.groq.com, bedrock-runtime.….amazonaws.com,
//     whatever the SDK takes it for), else of the one that the provider names. A provider that the table does not know
//     (ollama, vllm) has no list prices, whatever its models are called.
//  5. Without a provider, or behind a gateway that passes on list prices (LiteLLM, OpenRouter), those on which all vendors
//     that have the name agree.
//
// Names of Bedrock have their geography (us.anthropic.…), which has prices of its own, and are never shortened. Azure has no
// built-in prices: what a deployment is called and costs is its owner's business. A call at another service tier than the
// standard one (flex, priority, batch) has no cost.
//
// All of it is pure: the same call has the same cost by the same table. A [Table] does not change and is safe for concurrent use.
package prices
