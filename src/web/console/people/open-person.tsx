import { useNavigate } from '@tanstack/react-router';
import { formError } from '../../kit/form-errors.js';
import { PageTitle } from '../../kit/page-title.js';
import { request } from '../../kit/request.js';
import { textOf, useSubmit } from '../../kit/use-submit.js';
import { Field } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { Card } from '../../ui/layout.js';
import { PersonDocument } from '../generated/operations.js';
import styles from './person.module.css';

/** For staff, who may read and edit a person but not list people. */
export function OpenPerson() {
  const navigate = useNavigate();
  const submission = useSubmit(
    async (data) => {
      const id = textOf(data, 'id').trim();
      const { user } = await request(PersonDocument, { id });
      if (user === null) throw formError('Nobody has this id. Check it, and try again.', 'id');
      await navigate({ to: '/console/people/$id', params: { id } });
    },
    ['id'],
  );
  return (
    <div className={styles.narrow}>
      <PageTitle>People</PageTitle>
      <Card title="Open a person">
        <p>Admins can search for people. As staff, you need the id of the person.</p>
        <Form action="Open" submission={submission}>
          <Field
            label="Id of the person"
            name="id"
            isRequired
            autoComplete="off"
            spellCheck="false"
            hint="Such as 3f2b8c1e-5a64-4c0d-9e7f-1b2a3c4d5e6f. Admins have it."
          />
        </Form>
      </Card>
    </div>
  );
}
