import styles from './brand.module.css';
import { settings } from './settings.js';

/** The logo and name of the platform. Without a logo, the first letter of the name stands for it. */
export function Brand() {
  const { name, logoUrl } = settings.brand;
  return (
    <span className={styles.brand}>
      {logoUrl === undefined ? (
        <span className={styles.mark} aria-hidden="true">
          {[...name][0]?.toUpperCase()}
        </span>
      ) : (
        <img className={styles.logo} src={logoUrl} alt="" />
      )}
      {name}
    </span>
  );
}

/** Where to get help, if the platform says so. */
export function SupportLink() {
  const { supportUrl } = settings.brand;
  return supportUrl === undefined ? null : <a href={supportUrl}>Get help</a>;
}
