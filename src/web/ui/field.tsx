import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components';
import styles from './field.module.css';

export interface FieldProps extends Omit<TextFieldProps, 'children' | 'className' | 'style'> {
  readonly label: string;
  readonly name: string;
  /** What the user should know before they type. */
  readonly hint?: React.ReactNode;
  /** A code, shown in a typeface in which 0 and O differ. */
  readonly isCode?: boolean;
  /** A control inside the field, at its end. */
  readonly end?: React.ReactNode;
}

/** A text field. Shows the message that the form has for `name`. */
export function Field({ label, hint, isCode = false, end, ...props }: FieldProps) {
  const classes = [styles.input, isCode ? styles.code : '', end === undefined ? '' : styles.withButton];
  return (
    <TextField {...props} className={styles.field}>
      <Label className={styles.label}>{label}</Label>
      <div className={styles.control}>
        <Input className={classes.join(' ')} />
        {end !== undefined && <div className={styles.reveal}>{end}</div>}
      </div>
      {hint !== undefined && (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error} />
    </TextField>
  );
}
