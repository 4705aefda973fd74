// One seed for every property, so that a run can be repeated. FC_SEED=<number> explores others.
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? 20210204) });
