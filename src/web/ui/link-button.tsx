import { type ButtonLook, buttonClass } from './button.js';

interface LinkButtonProps extends ButtonLook {
  readonly href: string;
  readonly children: React.ReactNode;
}

/** A link that looks like a button: where to go on. */
export function LinkButton({ href, children, ...look }: LinkButtonProps) {
  return (
    <a href={href} className={buttonClass(look)}>
      {children}
    </a>
  );
}
