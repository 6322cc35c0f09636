import { Brand, SupportLink } from './brand.js';
import { PageTitle } from './page-title.js';
import styles from './screen.module.css';

interface ScreenProps {
  readonly title: string;
  /**
   * What is shown above the card. If it is not undefined, its room is kept free: the card, which the user is filling in,
   * does not move when a message arrives late.
   */
  readonly notice?: React.ReactNode;
  readonly children: React.ReactNode;
}

/** A page for one task, such as a sign-in. Below the card is nothing, so that its content can grow at its end. */
export function Screen({ title, notice, children }: ScreenProps) {
  return (
    <div className={styles.screen}>
      <header className={styles.header}>
        <Brand />
        <SupportLink />
      </header>
      <main className={styles.main}>
        {notice !== undefined && <div className={styles.notice}>{notice}</div>}
        <div className={styles.card}>
          {/* A new title means a new step, whose heading takes the focus. */}
          <PageTitle key={title}>{title}</PageTitle>
          {children}
        </div>
      </main>
    </div>
  );
}
