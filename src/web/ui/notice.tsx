import styles from './notice.module.css';

interface NoticeProps {
  readonly kind?: 'info' | 'success' | 'warning' | 'danger';
  readonly title?: string;
  readonly children?: React.ReactNode;
}

/** A message. Screen readers read it when it appears; `danger` interrupts them. */
export function Notice({ kind = 'info', title, children }: NoticeProps) {
  return (
    <div role={kind === 'danger' ? 'alert' : 'status'} className={`${styles.notice} ${styles[kind]}`}>
      {title !== undefined && <p className={styles.title}>{title}</p>}
      {children}
    </div>
  );
}
