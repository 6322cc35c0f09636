import { useEffect, useRef, useState } from 'react';
import { Notice } from '../ui/notice.js';
import styles from './account.module.css';

/** An object, because the same words can be true again. */
interface Outcome {
  readonly words: string;
}

/** What was done last, and the function that says it. */
export function useDone(): [Outcome | undefined, (words?: string) => void] {
  const [outcome, setOutcome] = useState<Outcome>();
  return [outcome, (words) => setOutcome(words === undefined ? undefined : { words })];
}

/** Says what has been done. Takes the focus if the button that did it is gone. */
export function Done({ outcome }: { readonly outcome: Outcome | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome === undefined) return;
    // A dialog that closes gives the focus back first.
    const timer = setTimeout(() => {
      if (document.activeElement === document.body) box.current?.focus();
    }, 50);
    return () => clearTimeout(timer);
  }, [outcome]);
  return (
    <div ref={box} tabIndex={-1} className={styles.done}>
      {outcome !== undefined && <Notice kind="success">{outcome.words}</Notice>}
    </div>
  );
}
