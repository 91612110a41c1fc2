"""`harken bench`: measure the budgets of the design on the network interface."""
