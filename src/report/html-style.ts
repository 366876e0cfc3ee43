/** The style of the HTML report: light and dark, from a phone to a wide screen, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #ffffff; --ink: #1a1f26; --soft: #56606d; --rule: #dde2e8; --grid: #e7ebef;
  --ok: #3f7fc4; --bad: #bd2440; --denied: #c78500; --good: #1b7f4d; --warn: #9a5b00;
  --good-tint: #e3f4ea; --warn-tint: #fdf0d8; --bad-tint: #fde6ea; --mark: #ffe08a;
  --p50: #3f7fc4; --p95: #7a4fc0; --p99: #b8327c;
  --g0: #3f7fc4; --g1: #c78500; --g2: #7a4fc0; --g3: #178a7e; --g4: #cf2f4a; --g5: #8a6a4f; --others: #8b95a1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1b2128; --ink: #e8ecf1; --soft: #a3afbc; --rule: #313a45; --grid: #2a323c;
    --ok: #5f9fe3; --bad: #f2657c; --denied: #f0bb36; --good: #63cc95; --warn: #f0bb36;
    --good-tint: #16342a; --warn-tint: #3a2f12; --bad-tint: #431d26; --mark: #6b5200;
    --p50: #5f9fe3; --p95: #ab8af0; --p99: #ee76b4;
    --g0: #5f9fe3; --g1: #f0bb36; --g2: #ab8af0; --g3: #3fbfb0; --g4: #f2657c; --g5: #c39a78; --others: #8b95a1;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px; }
header, main, footer { max-width: 1280px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 24px; }
main { padding-bottom: 8px; }
footer { padding-bottom: 32px; color: var(--soft); font-size: 13px; }
h1 { font-size: 24px; line-height: 1.2; margin: 0; }
h2 { font-size: 18px; margin: 32px 0 12px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0; }
.period { color: var(--soft); margin-top: 4px; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px; margin: 0; }
.status { display: flex; gap: 12px; align-items: flex-start; margin-top: 16px; border-left-width: 6px; }
.status svg { flex: none; width: 24px; height: 24px; }
.status strong { font-size: 17px; display: block; }
.status.good { border-left-color: var(--good); background: var(--good-tint); }
.status.warn { border-left-color: var(--warn); background: var(--warn-tint); }
.status.bad { border-left-color: var(--bad); background: var(--bad-tint); }
.status.good svg { color: var(--good); } .status.warn svg { color: var(--warn); } .status.bad svg { color: var(--bad); }
.status ul { margin: 8px 0 0; padding: 0; list-style: none; }
.status li { margin-top: 4px; overflow-wrap: anywhere; }
.severity { display: inline-block; min-width: 74px; font-size: 12px; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; }
.severity.critical, .severity.high { color: var(--bad); } .severity.medium, .severity.low { color: var(--warn); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(152px, 1fr)); gap: 12px; }
.figure { display: flex; flex-direction: column; }
.figure dt { color: var(--soft); font-size: 13px; }
.figure dd { margin: 0; }
.figure .value { font-size: 26px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figure .more { color: var(--soft); font-size: 13px; }
.goal { margin-top: auto; padding-top: 6px; font-size: 13px; font-weight: 600; }
.goal.met { color: var(--good); } .goal.missed { color: var(--bad); } .goal.open { color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 12px; }
.figures-over-time { margin-top: 12px; }
.chart { display: flex; flex-direction: column; min-width: 0; }
.what { color: var(--soft); font-size: 13px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; overflow-wrap: anywhere; }
.key { flex: none; } .key.box { width: 11px; height: 11px; } .key.stroke { width: 22px; height: 10px; }
.key.box rect { fill: var(--c); }
.frame { display: grid; grid-template-columns: 54px minmax(0, 1fr); grid-template-rows: 180px 18px; column-gap: 8px; margin-top: auto; padding-top: 14px; }
.frame svg { display: block; width: 100%; height: 100%; overflow: visible; }
.frame .x { grid-column: 2; }
.frame text { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.y text { text-anchor: end; dominant-baseline: central; }
.start { text-anchor: start; } .middle { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--grid); vector-effect: non-scaling-stroke; }
.limit { stroke: var(--soft); stroke-dasharray: 5 4; stroke-width: 1.5; fill: none; vector-effect: non-scaling-stroke; }
.bar { fill: var(--c); }
.line, .key.stroke path { fill: none; stroke: var(--c); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.key.stroke path.limit { stroke: var(--soft); stroke-width: 1.5; }
.hover { fill: transparent; } .hover:hover { fill: var(--ink); fill-opacity: .07; }
.s-ok { --c: var(--ok); } .s-bad { --c: var(--bad); } .s-denied { --c: var(--denied); }
.s-p50 { --c: var(--p50); } .s-p95 { --c: var(--p95); } .s-p99 { --c: var(--p99); }
.s-p95.line, .s-p95.stroke path { stroke-dasharray: 7 3; } .s-p99.line, .s-p99.stroke path { stroke-dasharray: 2 3; }
.s-guard-0 { --c: var(--g0); } .s-guard-1 { --c: var(--g1); } .s-guard-2 { --c: var(--g2); }
.s-guard-3 { --c: var(--g3); } .s-guard-4 { --c: var(--g4); } .s-guard-5 { --c: var(--g5); } .s-others { --c: var(--others); }
.empty { color: var(--soft); padding: 40px 0; text-align: center; }
.tables { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
.table { min-width: 0; } .table.wide { grid-column: 1 / -1; }
.scroll { overflow-x: auto; margin: 0 -16px; padding: 0 16px; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--ok); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; font-weight: 650; font-size: 15px; padding-bottom: 6px; }
th, td { padding: 6px 10px; border-top: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-size: 13px; font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 130px; }
th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } thead .number { white-space: normal; }
.name { overflow-wrap: anywhere; min-width: 112px; max-width: 320px; }
.sentence { overflow-wrap: anywhere; min-width: 220px; }
.share { display: block; width: 100%; height: 4px; margin-top: 3px; }
.share .all { fill: var(--grid); } .share .part { fill: var(--ok); }
.note { color: var(--soft); font-size: 13px; margin-top: 8px; }
mark { background: var(--mark); color: inherit; border-radius: 3px; padding: 0 2px; font-size: .85em; }
details > summary { cursor: pointer; font-weight: 650; }
details .scroll { max-height: 420px; overflow-y: auto; margin-top: 8px; }
.coverage ul { margin: 0; padding-left: 18px; overflow-wrap: anywhere; }
@media (max-width: 760px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  .tables { grid-template-columns: minmax(0, 1fr); }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figure:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .figure .value { font-size: 22px; }
  .card { padding: 12px; } .scroll { margin: 0 -12px; padding: 0 12px; }
  .frame { grid-template-columns: 46px minmax(0, 1fr); }
  .between { display: none; }
}
@media print {
  body { background: none; font-size: 11pt; } .card { break-inside: avoid; } .scroll { overflow: visible; }
}
`;
