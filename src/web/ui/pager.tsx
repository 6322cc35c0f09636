import { Button } from './button.js';
import styles from './pager.module.css';

interface PagerProps {
  /** The name of the landmark, such as "Pages of people". */
  readonly label: string;
  /** What the page shows, such as "25 people: ada to zoe". Screen readers read it when it changes. */
  readonly status: string;
  /** Opens the page before. Undefined on the first page. */
  readonly onPrevious: (() => void) | undefined;
  /** Opens the page after. Undefined on the last page. */
  readonly onNext: (() => void) | undefined;
}

/** Goes through a list whose pages have cursors and no numbers. */
export function Pager({ label, status, onPrevious, onNext }: PagerProps) {
  return (
    <nav className={styles.pager} aria-label={label}>
      <p className={styles.status} role="status">
        {status}
      </p>
      <Button size="small" isDisabled={onPrevious === undefined} onPress={onPrevious}>
        Previous page
      </Button>
      <Button size="small" isDisabled={onNext === undefined} onPress={onNext}>
        Next page
      </Button>
    </nav>
  );
}
