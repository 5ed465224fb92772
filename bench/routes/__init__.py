"""Routes measured: how hard questions are, and what each route and policy costs and reaches."""
