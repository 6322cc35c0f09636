/** The way back from a provider restores the page as it was left: with a button that is being pressed. */
export function reloadWhenBack() {
  const reload = ({ persisted }: PageTransitionEvent) => persisted && location.reload();
  addEventListener('pageshow', reload);
  return () => removeEventListener('pageshow', reload);
}
