import { Component } from 'react';
import { PageFault } from './page-fault.js';

interface ErrorBoundaryProps {
  /** Called before the children are rendered again. */
  readonly onRetry?: () => void;
  readonly children: React.ReactNode;
}

/** Shows a message in place of children that could not be rendered. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    const retry = () => {
      this.props.onRetry?.();
      this.setState({ error: undefined });
    };
    return <PageFault error={this.state.error} onRetry={retry} />;
  }
}
