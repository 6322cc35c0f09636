interface PageChanges {
  leave(): void;
  restore(): void;
}

/** Calls when the page goes into the back-forward cache, and when it comes back. Returns a function that stops it. */
export function onPageChange({ leave, restore }: PageChanges): () => void {
  // Node and native platforms have no page.
  if (typeof addEventListener !== 'function') return () => {};
  const hide = ({ persisted }: PageTransitionEvent) => {
    if (persisted) leave();
  };
  const show = ({ persisted }: PageTransitionEvent) => {
    if (persisted) restore();
  };
  addEventListener('pagehide', hide);
  addEventListener('pageshow', show);
  return () => {
    removeEventListener('pagehide', hide);
    removeEventListener('pageshow', show);
  };
}
