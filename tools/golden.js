// `npm run golden:check`: recomputes golden/*.json with PyTorch and says where the committed files differ; writes nothing.
// Exits 0 if they agree, 1 if they do not, 2 if no Python here has what golden/ needs.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "golden", "generate.py");
// Looked for without loading: PyTorch takes seconds.
const all = 'from importlib.util import find_spec; assert all(map(find_spec, ["torch", "numpy", "PIL"]))';
const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", all]).status === 0);

if (python === undefined) {
  process.stdout.write("no python3 here imports torch, numpy and PIL (Debian: apt-get install python3-torch python3-pil)\n");
  process.exit(2);
}
const { status } = spawnSync(python, ["-W", "ignore", program, "--check"], { stdio: "inherit" });
process.exit(status ?? 1);
