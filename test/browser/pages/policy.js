/** Whether the page's policy lets scripts make code out of text. */
export const makesCode = () => {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
};
