import { useId } from 'react';
import styles from './layout.module.css';

interface Children {
  readonly children: React.ReactNode;
}

/** Children below each other. */
export function Stack({ gap = 'normal', children }: Children & { gap?: 'tight' | 'normal' | 'loose' }) {
  return <div className={`${styles.stack} ${styles[gap]}`}>{children}</div>;
}

/** Children beside each other, in as many lines as they need. */
export function Row({ isSpread = false, children }: Children & { isSpread?: boolean }) {
  return <div className={`${styles.row} ${isSpread ? styles.spread : ''}`}>{children}</div>;
}

/** A part of a page with its own heading. */
export function Card({ title, children }: Children & { title: string }) {
  const id = useId();
  return (
    <section className={`${styles.card} ${styles.stack} ${styles.normal}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** Text of less weight. */
export function Quiet({ children }: Children) {
  return <p className={styles.quiet}>{children}</p>;
}

export function Divider({ children }: Children) {
  return <div className={styles.divider}>{children}</div>;
}
