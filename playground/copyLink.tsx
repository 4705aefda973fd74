/** A button that copies the page's address, which holds everything that was chosen. */
import { useState } from "preact/hooks";

type Copied = "not yet" | "copied" | "refused";

/** Where copying is not allowed the address itself is shown, to be copied by hand. */
export const CopyLink = () => {
  const [copied, tell] = useState<Copied>("not yet");
  const copy = () =>
    Promise.resolve(navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error("no clipboard")))
      .then(() => tell("copied"))
      .catch(() => tell("refused"));
  return (
    <span class="copy-link">
      <button type="button" onClick={copy}>
        Copy link
      </button>
      <span role="status">
        {copied === "copied" && " The link to exactly this is copied."}
        {copied === "refused" && <> Copy it from here: {location.href}</>}
      </span>
    </span>
  );
};
