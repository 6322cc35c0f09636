import { useEffect, useRef } from 'react';
import { Notice } from '../ui/notice.js';
import styles from './account.module.css';

interface DoneProps {
  /** What has been done. A change of it takes the focus. */
  readonly children: string | undefined;
}

/** Says what has been done. Takes the focus if the button that did it is gone. */
export function Done({ children }: DoneProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (children === undefined) return;
    // A dialog that closes gives the focus back first.
    const timer = setTimeout(() => {
      if (document.activeElement === document.body) box.current?.focus();
    }, 50);
    return () => clearTimeout(timer);
  }, [children]);
  return (
    <div ref={box} tabIndex={-1} className={styles.done}>
      {children !== undefined && <Notice kind="success">{children}</Notice>}
    </div>
  );
}
