/** What a command's exit code says. */
export const exitCodes = `Exit codes: 0 done, 1 a check failed or something went wrong, 2 wrong use, 130 interrupted (what was done is saved).`;
