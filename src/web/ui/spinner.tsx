import styles from './spinner.module.css';

export function Spinner({ children = 'Loading …' }: { readonly children?: string }) {
  return (
    <div className={styles.spinner} role="status">
      {children}
    </div>
  );
}
