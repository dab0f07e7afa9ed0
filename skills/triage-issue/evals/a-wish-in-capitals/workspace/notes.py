def show(note):
    return note
