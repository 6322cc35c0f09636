/** A base URL to which paths are appended. (`/\/+$/` takes quadratic time on a text with many slashes.) */
export function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}
