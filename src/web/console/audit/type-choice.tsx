import { useState } from 'react';
import { Checkbox } from '../../ui/checkbox.js';
import type { AuditEventType } from '../generated/operations.js';
import { GROUPS, typeName, typesOf } from './event-groups.js';
import styles from './filter-form.module.css';

/** Checkboxes named `types`, in groups that can be chosen as a whole. */
export function TypeChoice({ initial }: { readonly initial: readonly AuditEventType[] }) {
  const [chosen, setChosen] = useState<ReadonlySet<AuditEventType>>(new Set(initial));
  const choose = (types: readonly AuditEventType[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const type of types) isChosen ? next.add(type) : next.delete(type);
    setChosen(next);
  };
  return (
    <details className={styles.types}>
      <summary className={styles.summary}>
        Kinds of events: {chosen.size === 0 ? 'all' : `${chosen.size} chosen`}
      </summary>
      <div className={styles.groups}>
        {GROUPS.map((group) => {
          const types = typesOf(group);
          return (
            <fieldset key={group} className={styles.group}>
              <legend className={styles.legend}>{group}</legend>
              <Checkbox
                isSelected={types.every((type) => chosen.has(type))}
                onChange={(isChosen) => choose(types, isChosen)}
              >
                All of these
              </Checkbox>
              {types.map((type) => (
                <Checkbox
                  key={type}
                  name="types"
                  value={type}
                  isSelected={chosen.has(type)}
                  onChange={(isChosen) => choose([type], isChosen)}
                >
                  {typeName(type)}
                </Checkbox>
              ))}
            </fieldset>
          );
        })}
      </div>
    </details>
  );
}
