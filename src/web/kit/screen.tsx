import { Brand, SupportLink } from './brand.js';
import { PageTitle } from './page-title.js';
import styles from './screen.module.css';

interface ScreenProps {
  readonly title: string;
  readonly children: React.ReactNode;
}

/** A page for one task, such as a sign-in. */
export function Screen({ title, children }: ScreenProps) {
  return (
    <div className={styles.screen}>
      <header>
        <Brand />
      </header>
      <main className={styles.main}>
        <PageTitle>{title}</PageTitle>
        {children}
      </main>
      <footer className={styles.footer}>
        <SupportLink />
      </footer>
    </div>
  );
}
