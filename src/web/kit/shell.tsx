import { Suspense, useState } from 'react';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { Spinner } from '../ui/spinner.js';
import { Brand, SupportLink } from './brand.js';
import { client } from './client.js';
import { wordsOf } from './errors.js';
import styles from './shell.module.css';
import { useViewer } from './viewer.js';

interface ShellProps {
  /** The links of the navigation. */
  readonly links: React.ReactNode;
  /** Whether the page is one column of text. */
  readonly isNarrow?: boolean;
  readonly children: React.ReactNode;
}

/** The frame of the pages for signed-in users. */
export function Shell({ links, isNarrow = false, children }: ShellProps) {
  const { username, displayName } = useViewer();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Brand />
          <nav className={styles.nav} aria-label="Pages">
            {links}
            <SupportLink />
          </nav>
          <div className={styles.who}>
            <span>{displayName ?? username}</span>
            <SignOut />
          </div>
        </div>
      </header>
      <main id="main" className={`${styles.main} ${isNarrow ? styles.narrow : ''}`}>
        <Suspense fallback={<Spinner />}>{children}</Suspense>
      </main>
    </div>
  );
}

function SignOut() {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const signOut = () => {
    setPending(true);
    client
      .signOut()
      .catch(setError)
      .finally(() => setPending(false));
  };
  return (
    <>
      <Button size="small" isPending={isPending} onPress={signOut}>
        Sign out
      </Button>
      {error !== undefined && <Notice kind="danger">{wordsOf(error)}</Notice>}
    </>
  );
}
