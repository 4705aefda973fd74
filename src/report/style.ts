/** How a page and its drawings look, by day, by night and on paper. Colours of lines are Okabe and Ito's (2008), darker or lighter where they must be read. */

/** Variables are `$name` here, and what a page calls them in the end. */
const css = (text: string): string => text.replace(/\$(?=[a-z])/g, "--");

const light =
  "$ground:#fff;$ink:#1b2733;$soft:#4d5b69;$edge:#c8d0d9;$grid:#e7ebef;$panel:#f4f6f8;$link:#0b5cad;" +
  "$l0:#0067a5;$l1:#b35900;$l2:#007a5a;$l3:#a8326e;$l4:#5b4bb5;$l5:#5f5f00;$right:#00664b;$wrong:#a02020;$level:#c01c28";
const dark =
  "$ground:#12171c;$ink:#e8edf2;$soft:#a9b6c2;$edge:#3a4651;$grid:#27313a;$panel:#1a2128;$link:#7cb8f5;" +
  "$l0:#5cb3e8;$l1:#f0a04b;$l2:#3fcf9f;$l3:#e58bb8;$l4:#a99cf5;$l5:#d6d65c;$right:#3fcf9f;$wrong:#ff8a80;$level:#ff6b6b";

const lines = ["none", "7 4", "2 3", "10 3 2 3", "4 2", "12 5"]
  .map((dash, look) => `.l${look}{stroke:var($l${look});fill:none;stroke-dasharray:${dash}}`)
  .join("");

/** Of drawings, wherever they are. */
const drawn =
  "text{fill:var($ink);font:12px system-ui,sans-serif}.title{font-weight:600;font-size:13px}.end{text-anchor:end}.middle{text-anchor:middle}" +
  ".grid{stroke:var($grid)}.axis{stroke:var($ink)}.ground{fill:var($ground)}.line{stroke-width:2}.bar{stroke-width:1;opacity:.6}" +
  `${lines}.area{stroke-width:1.5;fill-opacity:.25}.a0{fill:var($l0);stroke:var($l0)}.a1{fill:var($l1);stroke:var($l1);stroke-dasharray:4 2}` +
  ".level{stroke:var($level);stroke-width:2}.level-name{fill:var($level);stroke:none}.boundary{stroke:var($soft);stroke-dasharray:2 4}" +
  ".dot{stroke:var($ground);stroke-width:.6}.c0{fill:var($l0)}.c1{fill:var($l1)}.c2{fill:var($l2)}.c3{fill:var($l3)}.c4{fill:var($l4)}.c5{fill:var($l5)}" +
  ".centre{stroke:var($ink);stroke-width:1.2}.centre-name{font-size:10px;paint-order:stroke;stroke:var($ground);stroke-width:3px}.loop{fill:var($link);fill-opacity:.12;stroke:var($link);stroke-width:1.5}" +
  ".state{display:none}.state.on{display:inline}";

const daylight: Readonly<Record<string, string>> = Object.fromEntries(light.split(";").map((one) => one.split(":")));

/** For a drawing as a file of its own, which other programs read too: colours and no variables. */
export const fileStyle = drawn.replace(/var\((\$\w+)\)/g, (_, name: string) => daylight[name] ?? "");

export const pageStyle = css(
  [
    `:root{color-scheme:light dark;${light}}`,
    `@media(prefers-color-scheme:dark){:root{${dark}}}`,
    drawn,
    "*{box-sizing:border-box}html{scroll-padding-top:1rem}body{margin:0 auto;max-width:62rem;padding:1rem;background:var($ground);color:var($ink);font:16px/1.5 system-ui,sans-serif}",
    "h1{font-size:1.6rem;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.3rem;margin:2.2rem 0 .5rem;border-bottom:1px solid var($edge);overflow-wrap:anywhere}h3{font-size:1.05rem;margin:1.4rem 0 .4rem}h4{margin:1rem 0 .3rem}",
    "a{color:var($link)}a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible,[tabindex]:focus-visible{outline:3px solid var($link);outline-offset:2px}",
    "nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0}p{margin:.5rem 0;max-width:46rem}.soft,figcaption{color:var($soft)}figure{margin:1rem 0}",
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;padding:0;margin:1rem 0}.facts div{background:var($panel);border:1px solid var($edge);border-radius:.4rem;padding:.5rem .7rem}.facts dt{color:var($soft);font-size:.85rem}.facts dd{margin:0;font-size:1.15rem;font-weight:600;overflow-wrap:anywhere}",
    ".wide{overflow-x:auto;max-width:100%}.chart,.map{display:block;width:100%;max-width:40rem;height:auto}.chart{min-width:32rem}",
    "table{border-collapse:collapse;font-size:.9rem;margin:.3rem 0}caption{text-align:left;color:var($soft);padding:.2rem 0}th,td{border-bottom:1px solid var($edge);padding:.2rem .7rem .2rem 0;text-align:right;font-variant-numeric:tabular-nums}thead th{vertical-align:bottom}th:first-child{text-align:left;font-weight:400;overflow-wrap:anywhere}td.words{text-align:left}",
    ".slider{display:flex;gap:.8rem;align-items:center;flex-wrap:wrap}.slider input{flex:1 1 14rem;max-width:28rem}details{margin:.3rem 0}summary{cursor:pointer}",
    ".sheet{list-style:none;padding:0}.sheet>li{display:flex;flex-wrap:wrap;gap:.5rem;border-bottom:1px solid var($edge);padding:.6rem 0}.sheet ol{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:0}",
    ".shot{width:8.2rem;padding:.35rem;border:3px solid var($edge);border-radius:.4rem;font-size:.8rem;line-height:1.3;overflow-wrap:anywhere}.shot svg{display:block;width:56px;height:56px;margin-bottom:.2rem}.shot b{display:block}.right{border-color:var($right);border-style:solid}.wrong{border-color:var($wrong);border-style:dashed}.right b{color:var($right)}.wrong b{color:var($wrong)}.asked{background:var($panel)}",
    ".atlas{display:grid;grid-template-columns:minmax(0,40rem) minmax(12rem,1fr);gap:1rem}.map{touch-action:none;cursor:crosshair;border:1px solid var($edge);background:var($ground)}",
    ".dim .dot{opacity:.16}.dim .dot.marked{opacity:1}.dot.now{stroke:var($ink);stroke-width:2.5}",
    ".now-shown{min-height:8rem}.now-shown svg{width:96px;height:96px;display:block}fieldset{border:1px solid var($edge);border-radius:.4rem;max-height:15rem;overflow:auto;margin:.5rem 0}fieldset label{display:block;font-size:.9rem}.picked{max-height:14rem;overflow:auto;font-size:.85rem;overflow-wrap:anywhere;padding-left:1.2rem}.store{position:absolute;width:0;height:0}",
    "button{font:inherit;color:var($ink);background:var($panel);border:1px solid var($edge);border-radius:.3rem;padding:.2rem .7rem}pre,code{font:.88em ui-monospace,monospace;overflow-wrap:anywhere}",
    "@media(max-width:46rem){.atlas{grid-template-columns:minmax(0,1fr)}.shot{width:6.6rem}}",
    `@media print{:root{color-scheme:light;${light}}nav,.slider input,fieldset,button{display:none}figure,table,.sheet>li{break-inside:avoid}.wide,.picked,fieldset{overflow:visible;max-height:none}body{max-width:none}}`,
  ].join(""),
);
