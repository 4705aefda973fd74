/** What the page asks of its service. The token, where there is one, is kept in the page's own memory of this tab and goes into no address. */

/** @typedef {{ readonly file: string, readonly label: string | null, readonly digest: string, readonly distance: number, readonly same: boolean }} Match */
/** @typedef {{ readonly matches: readonly Match[], readonly more: boolean, readonly exact: boolean, readonly missing: readonly string[], readonly threshold: number | null }} Found */
/** @typedef {{ readonly pictures: number, readonly uploads: boolean, readonly engine: string }} About */
/** @typedef {{ readonly labels: readonly { readonly label: string, readonly count: number }[] }} Labels */
/** @typedef {{ readonly label: string, readonly under: string, readonly offset: number }} Filters */

const kept = "mdr-token";

/** A token handed over behind the address's #, which no server is sent, and which does not stay there. */
const handed = new URLSearchParams(location.hash.slice(1)).get("token");
if (handed !== null) {
  sessionStorage.setItem(kept, handed);
  history.replaceState(null, "", `${location.pathname}${location.search}`);
}

/** What the service refused, in its words. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {string} token */
export const enterToken = (token) => sessionStorage.setItem(kept, token);

/** @param {string} path @param {RequestInit} [options] */
const ask = async (path, options = {}) => {
  const token = sessionStorage.getItem(kept);
  const response = await fetch(path, { ...options, headers: token === null ? {} : { Authorization: `Bearer ${token}` } }).catch(() => {
    throw new Refused(0, "The service does not answer: is it running?");
  });
  if (response.ok) return response;
  const { detail = response.statusText, remedy = "" } = /** @type {{ detail?: string, remedy?: string }} */ (
    await response.json().catch(() => ({}))
  );
  throw new Refused(response.status, remedy === "" ? detail : `${detail}: ${remedy}`);
};

/** How many pictures are on a page. */
export const pageLength = 24;

/** @param {Filters} filters @param {Readonly<Record<string, string>>} more */
const query = ({ label, under, offset }, more) =>
  new URLSearchParams({
    ...more,
    count: String(pageLength),
    offset: String(offset),
    ...(label === "" ? {} : { label }),
    ...(under === "" ? {} : { under }),
  });

/** @returns {Promise<About>} */
export const about = async () => (await ask("api/about")).json();

/** @returns {Promise<Labels>} */
export const labels = async () => (await ask("api/labels")).json();

/** @param {string} file @param {Filters} filters @returns {Promise<Found>} */
export const nearFile = async (file, filters) => (await ask(`api/search?${query(filters, { file })}`)).json();

/** @param {Blob} picture @param {Filters} filters @returns {Promise<Found>} */
export const nearUpload = async (picture, filters) => {
  const form = new FormData();
  form.append("picture", picture, "picture");
  return (await ask(`api/search?${query(filters, {})}`, { method: "POST", body: form })).json();
};

/** The address of a small picture. One with a token is fetched: an image's own request could not carry it. @param {string} digest @param {number} side */
export const thumbnail = async (digest, side) => {
  const path = `api/picture?${new URLSearchParams({ digest, side: String(side) })}`;
  return sessionStorage.getItem(kept) === null ? path : URL.createObjectURL(await (await ask(path)).blob());
};
