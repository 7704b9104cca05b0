/** The style of the pages: readable without scripts, in light and in dark, from 360 pixels on. */
export const adminStyle = `:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif;
  --ink: light-dark(#1c2026, #e8eaee); --paper: light-dark(#fff, #22252b); --ground: light-dark(#f1f3f6, #16181c);
  --line: light-dark(#c3c9d3, #4a505b); --link: light-dark(#0b57a4, #8ab8ff); --quiet: light-dark(#4c5563, #b0b8c5);
  --good: light-dark(#0f6b34, #7fd79c); --bad: light-dark(#a31621, #ff9c9c); --wait: light-dark(#7a4a00, #ffc66b); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: .75rem 1rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
nav form { margin-left: auto; }
a { color: var(--link); }
nav a[aria-current] { font-weight: 700; text-decoration: none; color: var(--ink); }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
section { background: var(--paper); border-radius: .75rem; padding: 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: .5rem 0; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: .8rem 0 .4rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.scroll { overflow-wrap: break-word; } th { white-space: nowrap; } td code { overflow-wrap: anywhere; }
pre { overflow-x: auto; white-space: pre-wrap; margin: 0; font-size: .85rem; }
label { display: block; margin: .5rem 0 .15rem; font-weight: 600; }
input, select, textarea { width: 100%; max-width: 40rem; padding: .5rem; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--quiet); border-radius: .4rem; }
input[type=checkbox] { width: auto; }
textarea { min-height: 14rem; font-family: ui-monospace, monospace; font-size: .85rem; max-width: none; }
button { padding: .5rem .9rem; margin: .35rem .25rem .1rem 0; border: 1px solid var(--link); border-radius: .4rem; font: inherit;
  cursor: pointer; background: var(--link); color: light-dark(#fff, #10233a); }
button.danger { background: var(--paper); color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 3px solid light-dark(#b06000, #ffd080); outline-offset: 2px; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); } .quiet { color: var(--quiet); }
.journey { display: flex; gap: 2.2rem; list-style: none; padding: .5rem 0; margin: 0; overflow-x: auto; }
.journey li { position: relative; flex: 1 0 11rem; border: 2px solid var(--line); border-radius: .6rem; padding: .6rem; font-size: .9rem; }
.journey li + li::before { content: '\\2192'; position: absolute; left: -1.9rem; top: 40%; font-size: 1.4rem; }
.journey.back li { border-style: dashed; } .journey.back li + li::before { content: '\\2190'; }
.journey .pass { border-color: var(--good); } .journey .fail, .journey .permerror, .journey .failed { border-color: var(--bad); }
.journey strong { display: block; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; }
ul.plain { list-style: none; padding: 0; margin: 0; }
del { text-decoration: none; color: var(--bad); } ins { text-decoration: none; color: var(--good); }
@media (max-width: 40rem) { .journey { flex-direction: column; } .journey li { flex: none; }
  .journey li + li::before { content: '\\2193'; left: 45%; top: -2rem; } .journey.back li + li::before { content: '\\2191'; }
  header, main, footer { padding: .5rem; } }
`
