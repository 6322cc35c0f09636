import { type Ref, useId } from 'react';
import styles from './table.module.css';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => React.ReactNode;
  /** Whether the cell names the row. One column of a table does. */
  readonly isRowHeader?: boolean;
  /** Whether the cells have text of users, which may be long and without spaces. */
  readonly isText?: boolean;
  /** Makes the heading a button. */
  readonly sort?: {
    /** Undefined if the rows are sorted by another column. */
    readonly direction: 'ascending' | 'descending' | undefined;
    readonly onPress: () => void;
  };
}

interface TableProps<Row> {
  /** What the rows are. Only screen readers show it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Whether other rows are on their way. */
  readonly isBusy?: boolean;
  /** The region of the table, which can take the focus. */
  readonly ref?: Ref<HTMLElement>;
}

/** Rows under headings; on a narrow screen, a card for each row. If it is too wide, only its own region scrolls. */
export function Table<Row>({ caption, columns, rows, keyOf, isBusy = false, ref }: TableProps<Row>) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section ref={ref} className={styles.region} tabIndex={0} aria-labelledby={id} aria-busy={isBusy}>
      <table className={styles.table}>
        <caption id={id} className={styles.caption}>
          {caption}
        </caption>
        <thead>
          <tr className={styles.headings}>
            {columns.map((column) => (
              <Heading key={column.title} {...column} />
            ))}
          </tr>
        </thead>
        <tbody className={styles.rows}>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={styles.row}>
              {columns.map((column) => (
                <Cell key={column.title} column={column}>
                  {column.cell(row)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Heading<Row>({ title, sort }: Column<Row>) {
  if (sort === undefined) {
    return (
      <th scope="col" className={`${styles.heading} ${styles.plain}`}>
        {title}
      </th>
    );
  }
  return (
    <th scope="col" className={styles.heading} aria-sort={sort.direction ?? 'none'}>
      <button type="button" className={styles.sort} onClick={sort.onPress}>
        {title}
        <span className={styles.arrow} aria-hidden="true" />
      </button>
    </th>
  );
}

interface CellProps<Row> {
  readonly column: Column<Row>;
  readonly children: React.ReactNode;
}

function Cell<Row>({ column, children }: CellProps<Row>) {
  const { title, isRowHeader = false, isText = false } = column;
  const text = isText ? styles.text : '';
  if (isRowHeader) {
    return (
      <th scope="row" className={`${styles.name} ${text}`}>
        {children}
      </th>
    );
  }
  return (
    <td className={`${styles.cell} ${text}`} data-title={title}>
      <div>{children}</div>
    </td>
  );
}
