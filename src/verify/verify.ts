/** The verification: every formula on every engine given, against PyTorch, against differences, against the reference. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type EngineInfo, referenceEngine, type SomeEngine } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import type { Tensor } from "../tensor/index.js";
import { boundOf } from "./bounds.js";
import { errorAgainstSlopes, type Slopes, slopesOf } from "./differences.js";
import { errorOfAll, type Found, larger, none } from "./errors.js";
import { type GoldenCase, precisionOf } from "./golden.js";
import { verifyKernels } from "./kernels.js";
import { type Against, type Check, type KernelCheck, reportOf, type VerifyReport } from "./report.js";
import type { Outcome, Subject } from "./subject.js";
import { readGoldens, subjects } from "./subjects.js";

/** A case with the other two witnesses of its numbers. */
interface Witnessed {
  readonly golden: GoldenCase;
  readonly reference: E.Either<Fault, Outcome<Tensor>>;
  readonly slopes: readonly Slopes[];
}

type Ran = E.Either<Fault, Outcome<Tensor>>;

const witnessed = async (subject: Subject, golden: GoldenCase): Promise<Witnessed> => ({
  golden,
  reference: await subject.run(referenceEngine, golden)(),
  slopes: slopesOf(subject, golden),
});

const inBoth = (expected: Outcome<Tensor>, actual: Outcome<Tensor>, name: string): Found =>
  larger(errorOfAll(expected.outputs, actual.outputs, name), errorOfAll(expected.gradients, actual.gradients, `${name}, gradient`));

const errorAgainst = (against: Against, { golden, reference, slopes }: Witnessed, ran: Ran): Found => {
  const failed = (error: Fault): Found => ({ error: Number.POSITIVE_INFINITY, worst: `${golden.name}: ${error.message}` });
  if (E.isLeft(ran)) return failed(ran.left);
  switch (against) {
    case "golden":
      return inBoth(golden, ran.right, golden.name);
    case "differences":
      return errorAgainstSlopes(golden, slopes, ran.right);
    case "reference":
      return E.match(failed, (expected: Outcome<Tensor>) => inBoth(expected, ran.right, golden.name))(reference);
  }
};

const checkOf = (subject: Subject, info: EngineInfo, against: Against, cases: readonly (readonly [Witnessed, Ran])[]): Check => {
  const found = cases.reduce((worst, [witness, ran]) => larger(worst, errorAgainst(against, witness, ran)), none);
  const bound = boundOf(subject.kind, against, info.roundOff);
  return {
    formula: subject.formula,
    section: subject.section,
    engine: info.name,
    backend: info.backend,
    against,
    cases: cases.length,
    error: found.error,
    bound,
    pass: cases.length > 0 && found.error <= bound,
    worst: cases.length > 0 ? found.worst : "no golden case: add one in golden/generate.py",
  };
};

const checksOf = (subject: Subject, info: EngineInfo, cases: readonly (readonly [Witnessed, Ran])[]): readonly Check[] => {
  const sloped = cases.filter(([{ slopes }]) => slopes.length > 0);
  return [
    checkOf(subject, info, "golden", cases),
    ...(subject.scalarOf === undefined ? [] : [checkOf(subject, info, "differences", sloped)]),
    ...(info.name === "reference"
      ? []
      : [
          checkOf(
            subject,
            info,
            "reference",
            cases.filter(([{ golden }]) => precisionOf(golden) === undefined),
          ),
        ]),
  ];
};

/** Whether a case asks an engine of this precision. */
const asks = ({ golden }: Witnessed, { roundOff }: EngineInfo): boolean => {
  const precision = precisionOf(golden);
  return precision === undefined || precision === (roundOff < 2 ** -24 ? "float64" : "float32");
};

const runOn = async (subject: Subject, engine: SomeEngine, witness: Witnessed): Promise<Ran> =>
  engine((known) => (known.info.name === "reference" ? async () => witness.reference : subject.run(known, witness.golden)))();

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly formula: string;
}

/** The checks of these goldens, a subject after the other. */
export const verifyAgainst =
  (goldens: readonly GoldenCase[]) =>
  async (engines: readonly SomeEngine[], onProgress: (progress: Progress) => void): Promise<VerifyReport> => {
    const checks: Check[] = [];
    for (const [done, subject] of subjects.entries()) {
      onProgress({ done, total: subjects.length, formula: subject.formula });
      const cases: Witnessed[] = [];
      for (const golden of goldens) if (golden.formula === subject.formula) cases.push(await witnessed(subject, golden));
      for (const engine of engines) {
        const info = engine((known) => known.info);
        const ran: (readonly [Witnessed, Ran])[] = [];
        for (const witness of cases) if (asks(witness, info)) ran.push([witness, await runOn(subject, engine, witness)]);
        checks.push(...checksOf(subject, info, ran));
      }
    }
    onProgress({ done: subjects.length, total: subjects.length, formula: "" });
    return reportOf(checks);
  };

/**
 * Every formula, and every kernel by itself, on every engine given. Left only where the golden files cannot be read; an
 * engine's failure is a failed check.
 */
export const verifyEngines =
  (engines: readonly SomeEngine[], onProgress: (progress: Progress) => void = () => undefined): TE.TaskEither<Fault, VerifyReport> =>
  async () => {
    const goldens = await readGoldens();
    if (E.isLeft(goldens)) return goldens;
    const { checks } = await verifyAgainst(goldens.right)(engines, onProgress);
    const kernels: KernelCheck[] = [];
    for (const engine of engines) {
      if (engine(({ info }) => info.name) !== "reference") kernels.push(...(await verifyKernels(engine)));
    }
    return E.right(reportOf(checks, kernels));
  };
