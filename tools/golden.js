// `npm run golden:check`: recomputes golden/*.json with PyTorch, Pillow and SciPy and says where the committed files differ; writes nothing.
// Exits 0 if they agree, 1 if they do not, 2 if no Python here has what golden/ needs.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const golden = join(dirname(fileURLToPath(import.meta.url)), "..", "golden");

/** Programs, what they import, and the packages of Debian that have it. */
const programs = [
  { program: "generate.py", imports: "torch, numpy, PIL", debian: "python3-torch python3-pil" },
  { program: "jpegs.py", imports: "numpy, PIL", debian: "python3-numpy python3-pil" },
  { program: "matlab.py", imports: "numpy, scipy", debian: "python3-scipy" },
];

// Looked for without loading: PyTorch takes seconds.
const has = (/** @type {string} */ imports) =>
  `from importlib.util import find_spec; assert all(map(find_spec, ${JSON.stringify(imports.split(", "))}))`;

const checked = programs.map(({ program, imports, debian }) => {
  const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", has(imports)]).status === 0);
  if (python !== undefined) return spawnSync(python, ["-W", "ignore", join(golden, program), "--check"], { stdio: "inherit" }).status ?? 1;
  process.stdout.write(`golden/${program}: no python3 here imports ${imports} (Debian: apt-get install ${debian})\n`);
  return 2;
});
process.exit(checked.includes(1) ? 1 : Math.max(...checked));
