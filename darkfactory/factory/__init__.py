"""One use case a file: values move here from stage to stage."""
