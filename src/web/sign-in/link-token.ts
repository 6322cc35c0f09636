/**
 * The token of the link in a mail, from the address of the page. Read once, when the page loads, and removed from the
 * address bar and the history, so that nobody finds it there later. Empty after a reload.
 */
export const linkToken = takeToken();

function takeToken(): string {
  const url = new URL(location.href);
  const token = url.searchParams.get('token') ?? '';
  url.searchParams.delete('token');
  history.replaceState(history.state, '', url);
  return token;
}
