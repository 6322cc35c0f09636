import { useEffect, useRef } from 'react';
import { settings } from './settings.js';

/** False for the page that the browser loaded, true for those that the user opened from it. */
let hasNavigated = false;

/** The `h1` and the title of the document. Takes the focus when the page replaces another: screen readers then read it. */
export function PageTitle({ children }: { readonly children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · ${settings.brand.name}`;
  }, [children]);
  useEffect(() => {
    if (hasNavigated) heading.current?.focus();
    hasNavigated = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
