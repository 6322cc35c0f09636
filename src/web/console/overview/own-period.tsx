import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { textOf } from '../../kit/use-submit.js';
import { Field } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import styles from './period-choice.module.css';
import { daysIn, isDay, MAX_DAYS, type OverviewSearch, overviewSearch } from './search.js';

/** The first and the last day of an own period. */
export function OwnPeriod({ search }: { readonly search: OverviewSearch }) {
  const navigate = useNavigate();
  const [fieldErrors, setFieldErrors] = useState<Record<string, string>>({});
  const onSubmit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const period = { range: 'own', from: textOf(data, 'from'), to: textOf(data, 'to') } as const;
    const errors = errorsIn(period);
    setFieldErrors(errors);
    if (Object.keys(errors).length > 0) return;
    void navigate({ to: '/console', search: overviewSearch({ ...period, interval: search.interval }) });
  };
  return (
    <div className={styles.own}>
      <Form
        action="Show"
        kind="secondary"
        label="Own period"
        submission={{ isPending: false, fault: undefined, fieldErrors, onSubmit }}
      >
        <div className={styles.days}>
          <Field name="from" label="First day (UTC)" type="date" isRequired defaultValue={search.from} />
          <Field name="to" label="Last day (UTC)" type="date" isRequired defaultValue={search.to} />
        </div>
      </Form>
    </div>
  );
}

function errorsIn(period: OverviewSearch): Record<string, string> {
  if (!isDay(period.from)) return { from: 'Enter a date.' };
  if (!isDay(period.to)) return { to: 'Enter a date.' };
  const days = daysIn(period);
  if (days < 1) return { to: 'Must not be before the first day.' };
  return days > MAX_DAYS ? { to: `Choose at most ${MAX_DAYS} days; these are ${days}.` } : {};
}
