package tracepage

// style is the page's CSS. Colors are those of a light page, since the frame that
// shows it is white.
const style = `
:root{color-scheme:light;--line:#e5e7eb;--soft:#6b7280;--ink:#111827;--c:#94a3b8}
*{box-sizing:border-box}
body{margin:0;font:12px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;color:var(--ink);background:#fff}
header{padding:14px 16px 10px}
h1{font-size:16px;line-height:1.3;margin:0 0 6px;font-weight:600;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--soft)}
.facts b{color:var(--ink);font-weight:500}
.facts .ok{color:#15803d}.facts .error{color:#b91c1c}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:11px}
.note{margin:0 16px 10px;padding:6px 10px;border-radius:6px;background:#fffbeb;border:1px solid #fde68a;color:#78350f}
.error{color:#b91c1c}
.head,summary{display:grid;grid-template-columns:minmax(220px,42%) 70px 1fr;align-items:center;column-gap:10px;padding:0 16px}
.head{position:sticky;top:0;z-index:2;height:24px;background:#f9fafb;border-top:1px solid var(--line);border-bottom:1px solid var(--line);
 color:var(--soft);font-size:11px}
.axis{position:relative;height:100%}
.axis i{position:absolute;top:4px;font-style:normal;transform:translateX(-50%);white-space:nowrap}
.axis i:first-child{transform:none}.axis i:last-child{transform:translateX(-100%)}
details.s{border-bottom:1px solid #f3f4f6}
summary{height:24px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover{background:#f8fafc}
details[open]>summary{background:#f1f5f9}
.name{display:flex;align-items:center;min-width:0;height:100%;gap:6px}
.guide{flex:none;height:100%;width:calc(var(--d)*14px);
 background:repeating-linear-gradient(90deg,transparent 0 6px,#e2e8f0 6px 7px,transparent 7px 14px)}
.turn{flex:none;width:0;height:0;border:4px solid transparent;border-left:5px solid #9ca3af;margin-right:-3px}
details[open]>summary .turn{transform:rotate(90deg) translateX(1px)}
.text{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.tag{flex:none;padding:0 6px;border-radius:9px;font-size:10px;line-height:16px;font-weight:600;letter-spacing:.02em;
 color:color-mix(in srgb,var(--c) 75%,#000);background:color-mix(in srgb,var(--c) 16%,#fff)}
.plain{color:#475569;background:#f1f5f9;font-weight:500;max-width:160px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bad{color:#b91c1c;background:#fee2e2}
.time{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;color:#374151}
.track{position:relative;height:100%;
 background:linear-gradient(90deg,var(--line) 1px,transparent 1px) 0 0/25% 100%;border-right:1px solid var(--line)}
.bar{position:absolute;top:6px;height:12px;min-width:2px;border-radius:3px;background:var(--c)}
.bar.failed{background:#ef4444}
.body{padding:8px 16px 14px calc(30px + min(var(--d),12)*14px);background:#fafafa;border-top:1px solid var(--line)}
.body h2{font-size:11px;margin:10px 0 3px;color:var(--soft);font-weight:600;text-transform:uppercase;letter-spacing:.04em}
.body h2:first-child{margin-top:0}
table{border-collapse:collapse;width:100%;table-layout:fixed}
td{vertical-align:top;padding:2px 8px 2px 0;border-bottom:1px solid #f0f0f0;overflow-wrap:anywhere}
td:first-child{width:260px;color:#4b5563}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
td pre,.io{max-height:320px;overflow:auto}
.io{padding:6px 8px;background:#fff;border:1px solid var(--line);border-radius:6px}
.body details>summary{display:block;height:auto;padding:0;background:none;color:#2563eb}
.soft{color:var(--soft)}
.t-agent{--c:#3b82f6}.t-chat_model,.t-llm{--c:#8b5cf6}.t-tool{--c:#f59e0b}.t-retriever,.t-memory{--c:#10b981}
.t-embedding,.t-reranker{--c:#14b8a6}.t-chain,.t-workflow,.t-task{--c:#64748b}.t-parser{--c:#ec4899}.t-guardrail,.t-evaluator{--c:#e11d48}
@media print{.head{position:static}}
`
