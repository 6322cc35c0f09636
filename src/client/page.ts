interface PageChanges {
  leave(): void;
  restore(): void;
}

/** Calls when the page goes into the back-forward cache, and when it comes back, until the signal is aborted. */
export function onPageChange(signal: AbortSignal, { leave, restore }: PageChanges): void {
  // Node and native platforms have no page.
  if (typeof addEventListener !== 'function') return;
  const listen = (type: 'pagehide' | 'pageshow', change: () => void) =>
    addEventListener(type, ({ persisted }) => persisted && change(), { signal });
  listen('pagehide', leave);
  listen('pageshow', restore);
}
