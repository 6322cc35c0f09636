import { useEffect, useState } from 'react';
import { Field } from '../../ui/field.js';
import { dayOf } from './people-search.js';

interface DayFieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string | undefined;
  /** Called with a whole day, or undefined if the field is empty. */
  readonly onChange: (day: string | undefined) => void;
}

/** A day of the calendar. While a year is typed, the field has years such as 0002, which nobody means. */
export function DayField({ label, name, value = '', onChange }: DayFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const change = (text: string) => {
    setTyped(text);
    const day = dayOf(text);
    if (text === '' || day !== undefined) onChange(day);
  };
  return <Field label={label} name={name} type="date" value={typed} onChange={change} />;
}
