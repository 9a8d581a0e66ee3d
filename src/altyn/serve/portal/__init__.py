"""Portal: the project as pages, rendered here, working without JavaScript and without a request to anywhere else."""
