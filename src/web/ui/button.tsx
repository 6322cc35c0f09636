import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './button.module.css';

export interface ButtonLook {
  /** `primary`: the one action that a page is for. `danger`: cannot be undone. `quiet`: without a frame. */
  readonly kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  readonly size?: 'small' | 'medium';
  /** As wide as the row that it is in. */
  readonly isWide?: boolean;
}

export const buttonClass = ({ kind = 'secondary', size = 'medium', isWide = false }: ButtonLook): string =>
  [styles.button, styles[kind], size === 'small' ? styles.small : '', isWide ? styles.wide : ''].join(' ');

type ButtonProps = Omit<AriaButtonProps, 'className' | 'style' | 'children'> &
  ButtonLook & { readonly children: React.ReactNode };

/** While `isPending`, it keeps the focus, and presses do nothing. */
export function Button({ kind, size, isWide, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={buttonClass({ kind, size, isWide })}>
      {props.isPending && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </AriaButton>
  );
}
