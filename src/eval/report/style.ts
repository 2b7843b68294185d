/** The report's style sheet: light by default, dark where the reader's system is, light on paper. */
export const style = `
:root{--paper:#fff;--ink:#1c2330;--soft:#5b6675;--rule:#dfe3e8;--panel:#f6f7f9;--good:#1a7f4b;--bad:#b3261e;
--c0:#1f5fbf;--c1:#b3541e;--c2:#2f7d4f;--c3:#7a4fa3;--c4:#6b7280;--c5:#0e7c86;--label:#f2b84b;--alarm:#c62828}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14181f;--ink:#e4e8ee;--soft:#9aa5b4;--rule:#2d3540;--panel:#1c222b;
--good:#5cc98f;--bad:#ff8a80;--c0:#7db1ff;--c1:#f0a36b;--c2:#7fcf9d;--c3:#c4a2ea;--c4:#9aa5b4;--c5:#6fd3dc;--label:#b98a2e;--alarm:#ff6b61}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:19px;margin:44px 0 10px;padding-top:14px;border-top:1px solid var(--rule)}
h3{font-size:15px;margin:24px 0 6px}p{margin:6px 0 10px;max-width:76ch}.soft{color:var(--soft)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(45%,190px),1fr));gap:8px 20px;margin:16px 0 0}
.facts dt{color:var(--soft);font-size:12px}.facts dd{margin:0;font-weight:500;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin:24px 0 0}
.card{background:var(--panel);border-radius:8px;padding:14px 16px}.card .name{color:var(--soft);font-size:12px}
.card .value{font-size:26px;line-height:1.25;font-variant-numeric:tabular-nums}.card .note{font-size:13px}
.good{color:var(--good)}.bad{color:var(--bad)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:8px 0}
th{font-weight:500;color:var(--soft);font-size:12px;text-align:right;vertical-align:bottom;padding:6px 10px;border-bottom:1px solid var(--rule)}
td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--rule);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}tr.model td{background:var(--panel)}tr.model td:first-child{padding-left:10px}
tr.model+tr td:first-child,tbody tr td:first-child{padding-left:10px}th:first-child{padding-left:10px}td.best{font-weight:700}table.narrow{width:auto}
ul{margin:16px 0 0;padding-left:20px}li{margin:2px 0;max-width:76ch}
figure{margin:14px 0;break-inside:avoid}figcaption{font-size:13px;margin-bottom:2px}figcaption b{font-weight:600}figcaption .soft{display:block;font-size:12px}
.grid2,.grid3{display:grid;gap:8px 22px}.grid2{grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}
.grid3{grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr))}.grid2 figure,.grid3 figure{margin:8px 0;min-width:0}
.incident{break-inside:avoid;margin:18px 0}.incident h3{margin:0 0 2px}
svg{display:block;width:100%;height:auto;font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.timeline svg{min-width:760px}svg text{fill:var(--soft)}
.grid{stroke:var(--rule);stroke-width:1;fill:none}.axis{stroke:var(--soft);stroke-width:1;fill:none}
.line{fill:none;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}.thick{stroke-width:2.4}
.observed{stroke:var(--ink);stroke-width:1.3}.truth{fill:var(--paper);stroke:var(--ink);stroke-width:1.2}
.band90{fill:var(--c0);opacity:.17}.band50{fill:var(--c0);opacity:.26}.median{stroke:var(--c0);stroke-width:1.8}
.labelled{fill:var(--label);opacity:.38}.alarmed{fill:var(--alarm)}.alarm-area{fill:var(--alarm);opacity:.22}
.score-area{fill:var(--c0);opacity:.16}.score{stroke:var(--c0);stroke-width:1.1}.threshold{stroke:var(--alarm);stroke-width:1;stroke-dasharray:5 4;fill:none}
.target{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4;fill:none}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12.5px;color:var(--soft);margin:4px 0}
.legend span{display:inline-flex;align-items:center;gap:6px}.legend svg{width:22px;height:12px;min-width:0}
footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--rule);font-size:12.5px;color:var(--soft)}
@media print{.grid3{grid-template-columns:repeat(3,1fr)}.grid2{grid-template-columns:repeat(2,1fr)}.cards{grid-template-columns:repeat(4,1fr)}main{max-width:none;padding:0}h2{margin-top:24px;break-after:avoid}.timeline svg{min-width:0}body{font-size:11pt}
.card,tr.model td,.labelled,.band90,.band50,.alarmed,.alarm-area{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
