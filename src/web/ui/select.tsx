import { useId } from 'react';
import fieldStyles from './field.module.css';
import styles from './select.module.css';

interface SelectProps<T extends string> {
  readonly label: string;
  readonly name: string;
  /** The values and their names, in order. */
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly value?: T;
  readonly defaultValue?: T;
  readonly onChange?: (value: T) => void;
  /** What the user should know before they choose. */
  readonly hint?: React.ReactNode;
}

/** The browser's own list of choices, which works by keyboard and on phones. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, name, options, value, defaultValue, onChange, hint } = props;
  const id = useId();
  const hintId = useId();
  return (
    <div className={fieldStyles.field}>
      <label className={fieldStyles.label} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        name={name}
        className={styles.select}
        value={value}
        defaultValue={defaultValue}
        aria-describedby={hint === undefined ? undefined : hintId}
        onChange={(event) => {
          const chosen = options.find(([one]) => one === event.target.value);
          if (chosen !== undefined) onChange?.(chosen[0]);
        }}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <div id={hintId} className={fieldStyles.hint}>
          {hint}
        </div>
      )}
    </div>
  );
}
