/** Tests that need what a machine may not have, and say what that is: test/skipped.ts lists their reasons after a run. */
declare module "vitest" {
  interface TaskMeta {
    /** Why it is skipped. */
    skipped?: string;
  }
}

/** Options of a test or of a group: it is skipped where something is missing, which is said in words; "" where nothing is. */
export const unless = (missing: string): { readonly skip?: boolean; readonly meta?: { readonly skipped: string } } =>
  missing === "" ? {} : { skip: true, meta: { skipped: missing } };
