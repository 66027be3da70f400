"""**broker** moves: outbox to queue, queue to worker, answer to events, events to subscribers."""
