/** The token that unsafe requests of this page carry. */
export const csrf = (): Record<string, string> =>
  JSON.parse(document.documentElement.getAttribute("hx-headers:inherited") ?? "{}") as Record<string, string>;

/** Sends a form as the page itself would. */
export const post = (address: string, values: Iterable<[string, string]>): Promise<Response> =>
  fetch(address, { method: "POST", headers: csrf(), body: new URLSearchParams([...values]) });
