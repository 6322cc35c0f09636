import styles from './list.module.css';

interface ListProps<T> {
  readonly label: string;
  /** Shown in place of an empty list. */
  readonly empty: string;
  readonly items: readonly T[];
  readonly render: (item: T) => React.ReactNode;
}

export function List<T extends { id: string }>({ label, empty, items, render }: ListProps<T>) {
  if (items.length === 0) return <p className={styles.empty}>{empty}</p>;
  return (
    <ul className={styles.list} aria-label={label}>
      {items.map((item) => (
        <li key={item.id} className={styles.item}>
          {render(item)}
        </li>
      ))}
    </ul>
  );
}

interface ItemProps {
  readonly title: React.ReactNode;
  readonly facts: readonly React.ReactNode[];
  /** Its buttons. */
  readonly children?: React.ReactNode;
}

export function Item({ title, facts, children }: ItemProps) {
  return (
    <>
      <div className={styles.text}>
        <h3 className={styles.title}>{title}</h3>
        {/* The facts of an item never change their order. */}
        {facts.map((fact, index) => (
          <p key={index} className={styles.fact}>
            {fact}
          </p>
        ))}
      </div>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </>
  );
}
