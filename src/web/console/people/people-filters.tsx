import { type FormEvent, type Ref, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button } from '../../ui/button.js';
import { Field } from '../../ui/field.js';
import { Select } from '../../ui/select.js';
import { DayField } from './day-field.js';
import styles from './people-filters.module.css';
import { hasFilter, MAX_SEARCH_LENGTH, type PeopleSearch } from './people-search.js';
import { ROLES } from './person-state.js';

/** How long the search waits for the next letter. */
const PAUSE_MS = 300;

interface PeopleFiltersProps {
  readonly search: PeopleSearch;
  /** @param replace whether the new list takes the place of the current one in the history */
  readonly onChange: (change: PeopleSearch, replace?: boolean) => void;
  readonly onClear: () => void;
  readonly ref: Ref<HTMLFormElement>;
}

export function PeopleFilters({ search, onChange, onClear, ref }: PeopleFiltersProps) {
  const [text, setText] = useSearchText(search.q ?? '', (q) => onChange({ q: q || undefined }, true));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const q = text.trim() || undefined;
    if (q !== search.q) onChange({ q }, true);
  };
  return (
    <search>
      <form ref={ref} className={styles.form} aria-label="Find people" onSubmit={submit}>
        <div className={styles.search}>
          <Field
            label="Username, name or address"
            name="q"
            type="search"
            value={text}
            onChange={setText}
            maxLength={MAX_SEARCH_LENGTH}
            autoComplete="off"
          />
          <Button type="submit">Search</Button>
        </div>
        <details className={styles.filters} open={hasFilter({ ...search, q: undefined }) || isWide()}>
          <summary>Filters</summary>
          <Choices search={search} onChange={onChange} />
        </details>
        {hasFilter(search) && (
          <div>
            <Button size="small" onPress={onClear}>
              Clear the filters
            </Button>
          </div>
        )}
      </form>
    </search>
  );
}

const isWide = () => matchMedia('(width >= 48rem)').matches;

function Choices({ search, onChange }: Pick<PeopleFiltersProps, 'search' | 'onChange'>) {
  const choice = <K extends 'role' | 'account' | 'address' | 'twoFactor' | 'lock'>(
    name: K,
    label: string,
    options: readonly (readonly [NonNullable<PeopleSearch[K]>, string])[],
  ) => (
    <Select
      label={label}
      name={name}
      options={[['', 'Any'], ...options]}
      value={search[name] ?? ''}
      onChange={(value) => onChange({ [name]: value || undefined })}
    />
  );
  return (
    <div className={styles.choices}>
      {choice('role', 'Role', ROLES)}
      {choice('account', 'Account', [
        ['active', 'Active'],
        ['deactivated', 'Deactivated'],
      ])}
      {choice('address', 'Address', [
        ['verified', 'Verified'],
        ['unverified', 'Not verified'],
      ])}
      {choice('twoFactor', 'Two-factor', [
        ['on', 'On'],
        ['off', 'Off'],
      ])}
      {choice('lock', 'Sign-in', [
        ['locked', 'Locked now'],
        ['unlocked', 'Not locked'],
      ])}
      <DayField
        label="Created from"
        name="from"
        value={search.from}
        onChange={(from) => onChange({ from })}
      />
      <DayField label="Created until" name="to" value={search.to} onChange={(to) => onChange({ to })} />
    </div>
  );
}

/** The text that the user types, and then searches for. Follows the address of the page if that changes otherwise. */
function useSearchText(searched: string, onSearch: (text: string) => void) {
  const [text, setText] = useState(searched);
  const latest = useRef(searched);
  const search = useEffectEvent((wanted: string) => {
    latest.current = wanted;
    onSearch(wanted);
  });
  useEffect(() => {
    if (searched === latest.current) return;
    latest.current = searched;
    setText(searched);
  }, [searched]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === latest.current) return;
    const timer = setTimeout(() => search(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText] as const;
}
