import { GraphiQL } from 'graphiql';
import 'graphiql/graphiql.css';
import { createRoot } from 'react-dom/client';

async function fetcher(parameters: object, options?: { headers?: Record<string, string> }) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options?.headers },
    body: JSON.stringify(parameters),
  });
  return response.json();
}

const root = document.getElementById('graphiql');
if (root !== null) createRoot(root).render(<GraphiQL fetcher={fetcher} />);
