/** What a verification found, and how it reads: as a table and as JSON. Pure. */
import type { EngineInfo } from "../engines/index.js";

/** PyTorch's numbers; central differences of the reference in float64; the reference's own results. */
export type Against = "golden" | "differences" | "reference";

/** One formula on one engine, held against one source of truth. */
export interface Check {
  readonly formula: string;
  /** Which part of the paper it belongs to, in words. */
  readonly section: string;
  readonly engine: EngineInfo["name"];
  readonly backend: string;
  readonly against: Against;
  /** How many cases were run. */
  readonly cases: number;
  /** Largest absolute error over the largest magnitude of the tensor it is in; Infinity where the engine failed. */
  readonly error: number;
  readonly bound: number;
  readonly pass: boolean;
  /** The case and tensor of the largest error, or how the engine failed. */
  readonly worst: string;
}

/** One kernel of one engine, held against the reference. */
export interface KernelCheck {
  /** The kernel, and which of its operations: `zip add`. */
  readonly kernel: string;
  readonly engine: EngineInfo["name"];
  readonly backend: string;
  /** Largest absolute error over the largest magnitude of the tensor it is in; Infinity where the engine failed. */
  readonly error: number;
  readonly bound: number;
  readonly pass: boolean;
  readonly worst: string;
}

/** What verification found. */
export interface VerifyReport {
  readonly checks: readonly Check[];
  /** Empty where only the reference was asked: it is what the others are held against. */
  readonly kernels: readonly KernelCheck[];
  readonly pass: boolean;
}

export const reportOf = (checks: readonly Check[], kernels: readonly KernelCheck[] = []): VerifyReport => ({
  checks,
  kernels,
  pass: checks.length > 0 && [...checks, ...kernels].every(({ pass }) => pass),
});

const shown = (value: number): string => (value === 0 ? "0" : value.toExponential(1));

const inColumns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

const nameOf = ({ engine, backend }: Pick<KernelCheck, "engine" | "backend">): string => `${engine} (${backend})`;

/** The precision table: a line a kernel, a column an engine. */
const kernelTable = (kernels: readonly KernelCheck[]): readonly string[] => {
  if (kernels.length === 0) return [];
  const engines = [...new Set(kernels.map(nameOf))];
  const cell = (kernel: string, engine: string): string => {
    const check = kernels.find((one) => one.kernel === kernel && nameOf(one) === engine);
    return check === undefined ? "" : `${shown(check.error)}${check.pass ? "" : " FAIL"}`;
  };
  const bounds = engines.map((engine) => shown(kernels.find((one) => nameOf(one) === engine)?.bound ?? 0));
  const rows = [...new Set(kernels.map(({ kernel }) => kernel))].map((kernel) => [
    kernel,
    ...engines.map((engine) => cell(kernel, engine)),
  ]);
  return [...inColumns([["kernel", ...engines], ...rows, ["bound", ...bounds]]), ""];
};

/** Two tables, a line a formula's check and a line a kernel; failed checks say where. */
export const renderReport = ({ checks, kernels, pass }: VerifyReport): string => {
  const head = ["formula", "engine", "against", "cases", "error", "bound", "", "part of the paper"];
  const rows = checks.map((check) => [
    check.formula,
    nameOf(check),
    check.against,
    String(check.cases),
    shown(check.error),
    shown(check.bound),
    check.pass ? "pass" : "FAIL",
    check.section,
  ]);
  const failures = [
    ...checks
      .filter((check) => !check.pass)
      .map((check) => `FAIL ${check.formula} on ${check.engine} against ${check.against}: ${check.worst}`),
    ...kernels.filter((check) => !check.pass).map((check) => `FAIL kernel ${check.kernel} on ${nameOf(check)}: ${check.worst}`),
  ];
  const all = [...checks, ...kernels];
  const passed = all.filter((check) => check.pass).length;
  const verdict = pass ? `all ${all.length} checks pass` : `${all.length - passed} of ${all.length} checks fail`;
  return [...inColumns([head, ...rows]), "", ...kernelTable(kernels), ...failures, verdict].join("\n");
};

/** The same as JSON; an infinite error is null. */
export const reportAsJson = (report: VerifyReport): string =>
  JSON.stringify(report, (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? null : value), 2);
