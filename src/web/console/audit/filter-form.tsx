import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { textOf } from '../../kit/use-submit.js';
import { Field } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import styles from './filter-form.module.css';
import { isoTime, localTime } from './local-time.js';
import { type AuditSearch, auditSearch, typesIn } from './search.js';
import { TypeChoice } from './type-choice.js';

/** The conditions on events. Applying them opens the newest page. */
export function FilterForm({ search }: { readonly search: AuditSearch }) {
  const navigate = useNavigate();
  const [fieldErrors, setFieldErrors] = useState<Record<string, string>>({});
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = typedIn(new FormData(event.currentTarget));
    const wanted = auditSearch(typed);
    const errors = errorsIn(typed, wanted);
    setFieldErrors(errors);
    if (Object.keys(errors).length === 0) void navigate({ to: '/console/audit', search: wanted });
  };
  return (
    <Form
      action="Apply"
      label="Filter"
      submission={{ isPending: false, fault: undefined, fieldErrors, onSubmit }}
    >
      <TypeChoice initial={typesIn(search.types)} />
      <div className={styles.fields}>
        <Field name="actor" label="Done by (id)" autoComplete="off" defaultValue={search.actor ?? ''} />
        <Field name="subject" label="Done to (id)" autoComplete="off" defaultValue={search.subject ?? ''} />
        <Field name="address" label="IP address" autoComplete="off" defaultValue={search.address ?? ''} />
        <Field name="after" label="From" type="datetime-local" defaultValue={localTime(search.after)} />
        <Field name="before" label="Until" type="datetime-local" defaultValue={localTime(search.before)} />
      </div>
    </Form>
  );
}

type Typed = Record<'types' | 'actor' | 'subject' | 'address' | 'after' | 'before', string>;

function typedIn(data: FormData): Typed {
  return {
    types: data.getAll('types').join(','),
    actor: textOf(data, 'actor').trim(),
    subject: textOf(data, 'subject').trim(),
    address: textOf(data, 'address').trim(),
    after: isoTime(textOf(data, 'after')) ?? '',
    before: isoTime(textOf(data, 'before')) ?? '',
  };
}

const MESSAGES = {
  actor: 'Paste the id of a person, or the address of their page.',
  subject: 'Paste the id of a person, or the address of their page.',
  address: 'Must be an IP address, such as 192.0.2.1 or 2001:db8::1.',
  after: 'Must be a date and time.',
  before: 'Must be a date and time.',
} as const;

/** A message for each field whose text is no filter. */
function errorsIn(typed: Typed, { after, before, ...search }: AuditSearch): Record<string, string> {
  const all = { ...search, after, before };
  const wrong = (Object.keys(MESSAGES) as (keyof typeof MESSAGES)[]).filter(
    (field) => typed[field] !== '' && all[field] === undefined,
  );
  const errors: Record<string, string> = Object.fromEntries(wrong.map((field) => [field, MESSAGES[field]]));
  if (after !== undefined && before !== undefined && before <= after) errors.before = 'Must be after “From”.';
  return errors;
}
