/**
 * Who is answered. A page of another origin is not, nor one whose name was turned to this address after it was loaded (DNS rebinding): its
 * requests carry its own name as their host, and an address or `localhost` can be nobody else's name.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** `[::1]:8080` -> `::1`; undefined where it is no host at all. */
export const hostName = (host: string): string | undefined => {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::\d{1,5})?$/.exec(host) ?? [];
  const name = (bracketed ?? plain)?.toLowerCase().replace(/\.$/, "");
  return bracketed !== undefined && isIP(bracketed) !== 6 ? undefined : name;
};

/** Whether only this machine reaches it. */
export const isOwnAddress = (host: string): boolean => host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);

/** Whether a request's Host header names this service. `names` are those that it has besides localhost and addresses. */
export const isOurs = (host: string, names: readonly string[]): boolean => {
  const name = hostName(host);
  if (name === undefined) return false;
  return name === "localhost" || isIP(name) !== 0 || names.some((own) => own.toLowerCase() === name);
};

export interface Provenance {
  readonly host: string;
  /** Headers, where there are any: https://fetch.spec.whatwg.org and Fetch Metadata Request Headers (W3C). */
  readonly origin: string | undefined;
  readonly site: string | undefined;
}

/** Whether a page of another origin asks. Who sends neither header is no browser, or was typed an address. */
export const isForeign = ({ host, origin, site }: Provenance): boolean => {
  if (
    origin !== undefined &&
    !(URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host.toLowerCase())
  )
    return true;
  return site !== undefined && site !== "same-origin" && site !== "none";
};

const sealed = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Whether an Authorization header holds the token, in a time that says nothing of how much of it is right. */
export const knowsToken = (authorization: string | undefined, token: string): boolean => {
  const given = /^Bearer +(.*)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(sealed(given), sealed(token));
};
